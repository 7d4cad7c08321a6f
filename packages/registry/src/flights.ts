/** Work that is done once at a time: whoever asks for the same meanwhile waits for it. Nobody's leaving ends it for the others. */
export class Flights<Result> {
  readonly #running = new Map<string, Promise<Result>>();

  async once(key: string, work: () => Promise<Result>): Promise<Result> {
    const running = this.#running.get(key);
    if (running !== undefined) return await running;
    const flight = work().finally(() => this.#running.delete(key));
    this.#running.set(key, flight);
    return await flight;
  }

  /** Waits until all that runs now has ended, well or not. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }
}
