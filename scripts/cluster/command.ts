/**
 * What was typed at the prompt, understood: a line becomes a command with everything in place, or `wrong` with one
 * sentence that helps. Pure. Words are split as a shell does it, so that a value may hold spaces in quotes.
 */

export type Command =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly node: string | undefined }
  | { readonly kind: 'get'; readonly key: string; readonly node: string | undefined }
  | { readonly kind: 'del'; readonly key: string; readonly node: string | undefined }
  | { readonly kind: 'kill' | 'restart'; readonly node: string }
  | { readonly kind: 'partition'; readonly sides: readonly (readonly string[])[] }
  | { readonly kind: 'heal' | 'status' | 'help' | 'quit' | 'nothing' }
  | { readonly kind: 'wrong'; readonly why: string }

interface Usage {
  readonly words: string
  readonly does: string
}

export const USAGE: Readonly<Record<string, Usage>> = {
  put: { words: 'put KEY VALUE [NODE]', does: 'write on that node, or else on the first that is up' },
  get: { words: 'get KEY [NODE]', does: 'read it on that node, or else on all, and compare' },
  del: { words: 'del KEY [NODE]', does: 'delete it' },
  kill: { words: 'kill NODE', does: 'end it with SIGKILL, as a power cut would' },
  restart: { words: 'restart NODE', does: 'start it again with what its log holds' },
  partition: { words: 'partition n1,n2 | n3', does: 'cut the network; who is not named is one more side' },
  heal: { words: 'heal', does: 'mend it, and say how long until all are equal' },
  status: { words: 'status', does: 'print the table' },
  help: { words: 'help', does: 'this' },
  quit: { words: 'quit', does: 'stop the nodes and leave; so does Ctrl-C' },
}

const SYNONYMS: Readonly<Record<string, string>> = { delete: 'del', exit: 'quit', '?': 'help' }

/** `nodes`: the names that exist. */
export function parseCommand(line: string, nodes: readonly string[]): Command {
  const words = splitWords(line)
  if (words === undefined) return wrong('a quote is not closed')
  const [first, ...rest] = words
  if (first === undefined) return { kind: 'nothing' }
  const verb = SYNONYMS[first.toLowerCase()] ?? first.toLowerCase()
  switch (verb) {
    case 'put':
      return parsePut(rest, nodes)
    case 'get':
    case 'del':
      return parseKey(verb, rest, nodes)
    case 'kill':
    case 'restart':
      return parseNode(verb, rest, nodes)
    case 'partition':
      return parsePartition(rest.join(' '), nodes)
    case 'heal':
    case 'status':
    case 'help':
    case 'quit':
      return rest.length === 0 ? { kind: verb } : wrong(`${verb} stands alone`)
    default:
      return wrong(`there is no verb ${JSON.stringify(first)}; there are ${Object.keys(USAGE).join(', ')}`)
  }
}

function parsePut([key, value, node, ...more]: readonly string[], nodes: readonly string[]): Command {
  if (key === undefined || value === undefined) return usage('put')
  if (more.length > 0) return wrong(`a value with spaces needs quotes: put ${key} "${value} ${node} …"`)
  if (node === undefined || nodes.includes(node)) return { kind: 'put', key, value, node }
  return wrong(`${noNode(node, nodes)}; a value with spaces needs quotes: put ${key} "${value} ${node}"`)
}

function parseKey(kind: 'get' | 'del', words: readonly string[], nodes: readonly string[]): Command {
  const [key, node, ...more] = words
  if (key === undefined || more.length > 0) return usage(kind)
  if (node === undefined || nodes.includes(node)) return { kind, key, node }
  return wrong(noNode(node, nodes))
}

function parseNode(kind: 'kill' | 'restart', [node, ...more]: readonly string[], nodes: readonly string[]): Command {
  if (node === undefined || more.length > 0) return usage(kind)
  return nodes.includes(node) ? { kind, node } : wrong(noNode(node, nodes))
}

function parsePartition(text: string, nodes: readonly string[]): Command {
  const sides = text
    .split('|')
    .map((side) => side.split(/[\s,]+/).filter((name) => name !== ''))
    .filter((side) => side.length > 0)
  const named = sides.flat()
  const stranger = named.find((name) => !nodes.includes(name))
  if (stranger !== undefined) return wrong(noNode(stranger, nodes))
  const twice = named.find((name, index) => named.indexOf(name) !== index)
  if (twice !== undefined) return wrong(`${twice} can be on one side only`)
  const others = nodes.filter((name) => !named.includes(name))
  if (named.length > 0 && others.length > 0) sides.push(others)
  return sides.length < 2 ? usage('partition') : { kind: 'partition', sides }
}

/**
 * Words between spaces; quotes of either kind hold spaces, a backslash takes the next letter. `undefined`: not closed.
 */
function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at)
    if (letter === '\\' && quote !== "'" && at + 1 < line.length) word = `${word ?? ''}${line.charAt(++at)}`
    else if (letter === quote) quote = undefined
    else if (quote === undefined && (letter === '"' || letter === "'")) [quote, word] = [letter, word ?? '']
    else if (quote === undefined && /\s/.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = `${word ?? ''}${letter}`
  }
  if (quote !== undefined) return undefined
  return word === undefined ? words : [...words, word]
}

function usage(verb: string): Command {
  return wrong(`it goes: ${USAGE[verb]?.words ?? verb}`)
}

function noNode(name: string, nodes: readonly string[]): string {
  return `no node is called ${JSON.stringify(name)}; there are ${nodes.join(', ')}`
}

function wrong(why: string): Command {
  return { kind: 'wrong', why }
}
