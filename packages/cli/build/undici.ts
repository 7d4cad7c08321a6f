/**
 * What of undici is needed, from the files that it is in. Its own face loads all that there is, a browser's `fetch` too, which takes
 * longer than a short command does (measured: 50 ms). What is imported from undici and missing here fails the build.
 */
// @ts-expect-error: undici has types of its face alone
import connect from "undici/lib/api/api-connect.js";
// @ts-expect-error: the same
import buildConnector from "undici/lib/core/connect.js";
// @ts-expect-error: the same
import Agent from "undici/lib/dispatcher/agent.js";
// @ts-expect-error: the same
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
// @ts-expect-error: the same
import EnvHttpProxyAgent from "undici/lib/dispatcher/env-http-proxy-agent.js";

// What a proxy is asked by.
Dispatcher.prototype.connect = connect;

export { Agent, buildConnector, EnvHttpProxyAgent };
