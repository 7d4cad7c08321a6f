import type { Platform } from "@shale/content";

/** `linux/arm64/v8` */
export function platformText(platform: Platform | undefined): string {
  if (platform === undefined) return "an unnamed platform";
  const { os, architecture, variant } = platform;
  return `${os}/${architecture}${variant === undefined ? "" : `/${variant}`}`;
}
