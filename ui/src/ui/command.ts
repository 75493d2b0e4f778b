// A command as a person would type it at a shell.

/** In single quotes where it needs them, with single quotes of its own kept. */
export function commandLine(argv: string[]): string {
  return argv.map((a) => (/^[\w@%+=:,./{}-]+$/.test(a) ? a : `'${a.replaceAll("'", `'\\''`)}'`)).join(" ");
}

/** Its lines: a line break inside an argument breaks it too. */
export function linesOf(command: string): string[] {
  return command.split("\n");
}
