import { describe, expect, test } from "vitest";
import { circles } from "./circles.ts";
import { BUNDLED, LINES, LONGER, MAY_IMPORT, OWNED_BY, WORKSPACE_FACES } from "./rules.ts";
import {
  importedFile,
  importedPackage,
  readPackages,
  readSources,
  type SourceFile,
} from "./sources.ts";

const sources = readSources();
const product = sources.filter(({ role }) => role === "product");
const packages = readPackages();
const folderOf = new Map([...packages].map(([folder, { name }]) => [name, folder]));

/** `path imports specifier`, for all imports that break a rule. */
function breaches(
  files: readonly SourceFile[],
  breaks: (specifier: string, from: SourceFile, name: string) => boolean,
): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((one) => breaks(one.specifier, file, importedPackage(one) ?? ""))
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  );
}

/** The packages that a package's product code imports, in the order of their names. */
function usedBy(folder: string): string[] {
  const files = product.filter((file) => file.package === folder);
  const used = files.flatMap(({ imports }) => imports.flatMap((one) => importedPackage(one) ?? []));
  return [...new Set(used)].sort();
}

/** A graph of the product's files; imports of types alone are left out: they are gone when the program runs. */
function productGraph(): Map<string, string[]> {
  return new Map(
    product.map((file) => [
      file.path,
      file.imports.flatMap((one) => (one.typeOnly ? [] : (importedFile(file, one) ?? []))),
    ]),
  );
}

describe("packages", () => {
  test("each is in the table of what may import what", () => {
    expect(Object.keys(MAY_IMPORT).sort()).toEqual([...packages.keys()].sort());
  });

  test("import one another one way only", () => {
    const wrong = breaches(product, (_specifier, from, name) => {
      const folder = folderOf.get(name);
      return folder !== undefined && !MAY_IMPORT[from.package!]!.includes(folder);
    });
    expect(wrong).toEqual([]);
    const table = new Map(Object.entries(MAY_IMPORT));
    expect(circles(table)).toEqual([]);
  });

  test("are imported by their name, as their exports have it, never by a path into them", () => {
    const paths = breaches(sources, (specifier, from, name) => {
      const folder = folderOf.get(name);
      if (folder !== undefined) {
        const face = `.${specifier.slice(name.length)}`;
        return packages.get(folder)!.exports[face] === undefined;
      }
      const target = importedFile(from, { specifier, typeOnly: false });
      const into = /^packages\/([^/]+)\//.exec(target ?? "")?.[1];
      return from.package !== undefined && into !== undefined && into !== from.package;
    });
    expect(paths).toEqual([]);
  });

  test("publish the faces that they have in the workspace, but for those of the workspace alone", () => {
    for (const { exports, publishConfig } of packages.values()) {
      const faces = Object.keys(exports).filter((face) => !WORKSPACE_FACES.includes(face));
      expect(Object.keys(publishConfig.exports)).toEqual(faces);
    }
  });

  test("declare what their product code imports, and nothing else", () => {
    for (const [folder, { name, dependencies = {} }] of packages) {
      if (BUNDLED.includes(folder)) continue;
      expect(Object.keys(dependencies).sort(), name).toEqual(usedBy(folder));
    }
  });

  test("that are bundled declare what they import, and depend on what stays outside as all others do", () => {
    for (const folder of BUNDLED) {
      const { name, dependencies = {}, devDependencies = {} } = packages.get(folder)!;
      const declared = Object.keys({ ...dependencies, ...devDependencies });
      expect(declared, name).toEqual(expect.arrayContaining(usedBy(folder)));
      for (const [library, version] of Object.entries(dependencies)) {
        const users = [...packages].filter(([one]) => usedBy(one).includes(library));
        expect(users, library).not.toEqual([]);
        for (const [, user] of users) expect(user.dependencies?.[library], library).toBe(version);
      }
    }
  });
});

describe("files", () => {
  test("of a package do not import each other in circles", () => {
    expect(circles(productGraph())).toEqual([]);
  });

  test("of the product import no test, and no helper of tests", () => {
    const roles = new Map(sources.map(({ path, role }) => [path, role]));
    const wrong = breaches(product, (specifier, from) => {
      const target = importedFile(from, { specifier, typeOnly: false });
      return target !== undefined && roles.get(target) !== "product";
    });
    expect(wrong).toEqual([]);
  });

  test("import a library that has an owner only where its owner is", () => {
    const wrong = breaches(product, (_specifier, from, name) => {
      const owners = OWNED_BY[name];
      return owners !== undefined && !owners.some((owner) => from.path.startsWith(owner));
    });
    expect(wrong).toEqual([]);
    const owned = Object.entries(OWNED_BY).flatMap(([name, owners]) =>
      owners.map((owner) => [name, owner] as const),
    );
    for (const [name, owner] of owned) {
      const used = product.some(
        ({ path, imports }) =>
          path.startsWith(owner) && imports.some((one) => importedPackage(one) === name),
      );
      expect(used, `${name} is used by ${owner}`).toBe(true);
    }
  });

  test("name Node's modules with node:", () => {
    const builtin =
      /^(assert|buffer|child_process|crypto|events|fs|http|os|path|stream|url|util|worker_threads|zlib)(\/|$)/;
    expect(breaches(sources, (specifier) => builtin.test(specifier))).toEqual([]);
  });

  test(`have at most ${LINES} lines, but for those that are known to be longer`, () => {
    const tooLong = sources.filter(({ path, lines }) => lines > (LONGER[path] ?? LINES));
    expect(tooLong.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
    const lines = new Map(sources.map((file) => [file.path, file.lines]));
    const needless = Object.keys(LONGER).filter((path) => (lines.get(path) ?? 0) <= LINES);
    expect(needless).toEqual([]);
  });

  test("are there to be looked at", () => {
    for (const folder of packages.keys()) {
      expect(product.some((file) => file.package === folder && file.imports.length > 0)).toBe(true);
    }
  });
});
