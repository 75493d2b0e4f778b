// Where the window is: a path in the hash, so that reload and back work. Knows no screen.
class Router {
  path = $state(current());
  go = (path: string): void => {
    location.hash = path;
  };
  /** Segments without the leading slash. */
  get parts(): string[] {
    return this.path.split("?")[0]!.split("/").filter(Boolean).map(decodeURIComponent);
  }
  get query(): URLSearchParams {
    return new URLSearchParams(this.path.split("?")[1] ?? "");
  }
}

function current(): string {
  return location.hash.replace(/^#/, "") || "/";
}

export const router = new Router();
addEventListener("hashchange", () => (router.path = current()));

/** A link's address. */
export function href(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}
