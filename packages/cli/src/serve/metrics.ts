import type { BlobInfo } from "@shale/content";
import type { RequestRecord } from "@shale/registry";
import type { LayerStore } from "@shale/store";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface MetricsOptions {
  readonly store: Pick<LayerStore, "usage">;
  readonly activeRequests: () => number;
  /** Blobs that wait to be settled. */
  readonly waiting: () => number;
}

/** What a store holds is measured no oftener than this: all its files are looked at. */
const USAGE_MS = 60_000;
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];

/**
 * What a server tells those who watch it, in Prometheus' words. Names of repositories, accounts and blobs are not among it: they have
 * no end, and are not everybody's business.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<"kind" | "status">;
  readonly #seconds: Histogram<"kind">;
  readonly #received: Counter;
  readonly #sent: Counter;
  readonly #settled: Counter<"result">;
  readonly #tokens: Counter<"status">;
  readonly #store: MetricsOptions["store"];
  readonly #usage: Gauge<"what">;
  readonly #counts: Gauge<"what">;
  #measuredMs = -Infinity;

  constructor({ store, activeRequests, waiting }: MetricsOptions) {
    const registers = [this.#registry];
    this.#store = store;
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Counter({
      name: "shale_requests_total",
      help: "Requests that were answered, by what they asked for and the status they got",
      labelNames: ["kind", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "shale_request_seconds",
      help: "How long requests took, from their head to the end of the answer",
      labelNames: ["kind"],
      buckets: SECONDS,
      registers,
    });
    this.#received = new Counter({
      name: "shale_received_bytes_total",
      help: "Bytes of requests",
      registers,
    });
    this.#sent = new Counter({
      name: "shale_sent_bytes_total",
      help: "Bytes of answers",
      registers,
    });
    this.#settled = new Counter({
      name: "shale_settled_total",
      help: "Blobs that were looked into after they were pushed: settled, staged (kept whole), failed",
      labelNames: ["result"],
      registers,
    });
    this.#tokens = new Counter({
      name: "shale_token_requests_total",
      help: "Requests for tokens, by the status they got",
      labelNames: ["status"],
      registers,
    });
    this.#usage = new Gauge({
      name: "shale_store_bytes",
      help: "logical: blobs as they came; content: distinct chunks; stored: on disk; and of it staged, index, cache",
      labelNames: ["what"],
      registers,
    });
    this.#counts = new Gauge({
      name: "shale_store_entries",
      help: "Blobs and chunks in the store",
      labelNames: ["what"],
      registers,
    });
    gauge(registers, "shale_active_requests", "Requests that are being answered", activeRequests);
    gauge(registers, "shale_settle_waiting", "Blobs that wait to be settled", waiting);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  request(record: RequestRecord): void {
    const { status, durationMs, receivedBytes, sentBytes } = record;
    const kind = record.kind ?? "none";
    this.#requests.inc({ kind, status: status ?? "none" });
    this.#seconds.observe({ kind }, durationMs / 1000);
    this.#received.inc(receivedBytes);
    this.#sent.inc(sentBytes);
  }

  tokenRequest({ status }: { readonly status: number }): void {
    this.#tokens.inc({ status });
  }

  settled(blob: BlobInfo | undefined): void {
    if (blob !== undefined) this.#settled.inc({ result: blob.state });
  }

  settleFailed(): void {
    this.#settled.inc({ result: "failed" });
  }

  async render(nowMs: number = Date.now()): Promise<string> {
    if (nowMs - this.#measuredMs >= USAGE_MS) {
      this.#measuredMs = nowMs;
      await this.#measure();
    }
    return await this.#registry.metrics();
  }

  async #measure(): Promise<void> {
    const usage = await this.#store.usage();
    const bytes = {
      logical: usage.uniqueBlobsBytes,
      content: usage.uniqueContentBytes,
      stored: usage.storedBytes,
      staged: usage.stagedBytes,
      index: usage.indexBytes,
      cache: usage.cacheBytes,
    };
    for (const [what, value] of Object.entries(bytes)) this.#usage.set({ what }, value);
    this.#counts.set({ what: "blobs" }, usage.blobs);
    this.#counts.set({ what: "chunks" }, usage.chunks);
  }
}

function gauge(registers: Registry[], name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(value());
    },
  });
}
