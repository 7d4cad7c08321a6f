import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** As many requests as take about a millisecond. */
const PER_TURN = 4;

/**
 * Begins a few requests in each turn of the event loop. A turn accepts one connection, and reads from all that are open: were all done
 * that 64 of them ask, the last of 64 that come together would wait for half a second until it is accepted, and clients would have
 * nothing to do meanwhile. Measured: 0.1 s, and twice as many answers.
 */
export function inTurns(listener: RequestListener, perTurn: number = PER_TURN): RequestListener {
  const waiting: (readonly [IncomingMessage, ServerResponse])[] = [];
  let begun = 0;
  let isTurnDue = false;

  const nextTurn = (): void => {
    if (isTurnDue) return;
    isTurnDue = true;
    setImmediate(() => {
      isTurnDue = false;
      begun = 0;
      for (const [request, response] of waiting.splice(0, perTurn)) begin(request, response);
      if (waiting.length > 0) nextTurn();
    });
  };

  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    // Whoever asked is gone.
    if (response.destroyed) return;
    begun += 1;
    nextTurn();
    listener(request, response);
  };

  return (request, response) => {
    if (begun < perTurn && waiting.length === 0) return begin(request, response);
    waiting.push([request, response]);
    nextTurn();
  };
}
