export { configPath } from "./config-file.ts";
export type { Credential, CredentialSource } from "./credential.ts";
export { type CredentialPlace, type CredentialsOptions, DockerCredentials } from "./credentials.ts";
export { CredentialError, type CredentialErrorCode } from "./errors.ts";
export { domainOfServer } from "./server-key.ts";
