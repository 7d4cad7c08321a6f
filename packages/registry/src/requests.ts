import type { Digest } from "@shale/content";

/** A manifest, by what it is called or by what it is. */
export type ManifestReference =
  | { readonly tag: string; readonly digest?: undefined }
  | { readonly digest: Digest; readonly tag?: undefined };

/** Which part of a list is asked for. */
export interface Page {
  /** Entries; as many as the server likes when none are given. */
  readonly n?: number;
  /** The last one of the page before. */
  readonly last?: string;
}

interface OfRepository {
  readonly repository: string;
}

interface OfUpload extends OfRepository {
  /** A UUID. */
  readonly id: string;
}

/** What a client can ask for: distribution-spec, "Endpoints". `end-N` is the spec's name of each. */
export type RegistryRequest =
  /** end-1 */
  | { readonly kind: "ping" }
  | { readonly kind: "catalog"; readonly page: Page }
  /** end-2; `head` asks for all but the bytes. */
  | (OfRepository & { readonly kind: "read blob"; readonly digest: Digest; readonly head: boolean })
  /** end-10 */
  | (OfRepository & { readonly kind: "delete blob"; readonly digest: Digest })
  /** end-3 */
  | (OfRepository & {
      readonly kind: "read manifest";
      readonly reference: ManifestReference;
      readonly head: boolean;
    })
  /** end-7a, end-7b */
  | (OfRepository & {
      readonly kind: "put manifest";
      readonly reference: ManifestReference;
      /** What the bytes shall hash to. */
      readonly digest?: Digest;
      readonly tags: readonly string[];
    })
  /** end-9 */
  | (OfRepository & { readonly kind: "delete manifest"; readonly reference: ManifestReference })
  /** end-4a, end-4c; with a digest the body is the blob, end-4b */
  | (OfRepository & { readonly kind: "begin upload"; readonly digest?: Digest })
  /** end-11; without a source any repository will do. */
  | (OfRepository & {
      readonly kind: "mount blob";
      readonly digest: Digest;
      readonly from?: string;
    })
  /** end-5 */
  | (OfUpload & { readonly kind: "append to upload" })
  /** end-6 */
  | (OfUpload & { readonly kind: "finish upload"; readonly digest: Digest })
  /** end-13 */
  | (OfUpload & { readonly kind: "ask for upload" })
  /** end-14 */
  | (OfUpload & { readonly kind: "cancel upload" })
  /** Not of the spec. */
  | (OfRepository & { readonly kind: "find missing" })
  /** end-8a, end-8b */
  | (OfRepository & { readonly kind: "list tags"; readonly page: Page })
  /** end-12a, end-12b */
  | (OfRepository & {
      readonly kind: "list referrers";
      readonly subject: Digest;
      readonly artifactType?: string;
      /** Of the page before. */
      readonly after?: Digest;
    });

export type RequestKind = RegistryRequest["kind"];

export type RequestOf<Kind extends RequestKind> = Extract<RegistryRequest, { kind: Kind }>;
