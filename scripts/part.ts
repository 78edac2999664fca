/** One part of a script that tries many things: it says what it saw, returns its failures, and ends the script. */

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Ends with 1 when there were failures, or the part itself failed. */
export async function runPart(part: Promise<number>): Promise<never> {
  try {
    if ((await part) > 0) process.exitCode = 1
  } catch (error) {
    say(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    process.exitCode = 1
  }
  // What is still open, such as a child or a thread that hangs, must not hold this process.
  process.exit()
}
