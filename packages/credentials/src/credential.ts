/** What a registry wants to know of who asks. An identity token takes the place of a password. */
export type Credential =
  | { readonly username: string; readonly password: string }
  | { readonly username: string; readonly identityToken: string };

/** Where credentials come from. `undefined` for a registry that nobody has logged in to. */
export interface CredentialSource {
  /** `domain` as references have it: `docker.io`, `localhost:5000`. */
  credentialFor(domain: string): Promise<Credential | undefined>;
}
