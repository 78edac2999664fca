/** The version in the package's own package.json, which is found from the sources and from what is built of them. */

import { readFileSync } from 'node:fs'

export function programVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      if (name === 'hearsay' && typeof version === 'string') return version
    } catch {
      // The other place has it.
    }
  }
  return 'unknown'
}
