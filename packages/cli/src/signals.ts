import { constants } from "node:os";
import { CliError } from "./errors.ts";

export interface SignalTrap extends Disposable {
  /** 128 and the number of the signal that was received; `undefined` when none was. */
  status(): number | undefined;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * The first signal asks the work to stop in good order; a second one ends the process at once, which a store survives
 * as well.
 */
export function trapSignals(stop: AbortController): SignalTrap {
  let status: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (status !== undefined) process.exit(status);
    status = 128 + constants.signals[signal];
    stop.abort(
      new CliError("INTERRUPTED", `stopped by ${signal}; the store holds what was complete`),
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    status: () => status,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
