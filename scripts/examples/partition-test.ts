/**
 * An example to copy: how to test code of your own against a partition. A shopping cart is kept in hearsay, in two
 * forms; the same customer fills it from a phone and from a laptop while the network is cut in between. `simulate` runs
 * this against a simulated cluster: a minute of it takes part of a second, and a seed that fails fails again.
 *
 * In a clone: `npm run build && node dist/scripts/examples/partition-test.js`. In a project of yours `hearsay/sim` and
 * `hearsay/client` come with the package, and `shop` is the body of a test.
 */

import assert from 'node:assert/strict'
import type { Client } from 'hearsay/client'
import { type SimulateResult, simulate } from 'hearsay/sim'

interface Cart {
  add(item: string): Promise<void>
  items(): Promise<string[]>
}

/**
 * The mistake: the whole cart is one value, read, changed and written back. Two sides of a partition each write a cart
 * of their own, and the later one wins: what was added on the other side is gone.
 */
function cartAsOneValue(kv: Client<unknown>): Cart {
  const read = async (): Promise<string[]> => ((await kv.get('cart/ada')) as string[] | undefined) ?? []
  return {
    add: async (item) => void (await kv.put('cart/ada', [...(await read()), item])),
    items: async () => (await read()).sort(),
  }
}

/** The right form: a key for each item. Two sides write two keys, and nothing is there to win or lose. */
function cartOfItems(kv: Client<unknown>): Cart {
  return {
    add: async (item) => void (await kv.put(`cart/ada/${item}`, true)),
    async items() {
      const items: string[] = []
      for await (const { key } of kv.scan({ prefix: 'cart/ada/' })) items.push(key.slice('cart/ada/'.length))
      return items
    },
  }
}

/** The test. Everything in it that takes time takes simulated time. */
function shop(makeCart: (kv: Client<unknown>) => Cart, seed: number): Promise<SimulateResult> {
  return simulate({
    seed,
    nodes: 3,
    async workload(cluster) {
      const phone = makeCart(cluster.connect('n1'))
      const laptop = makeCart(cluster.connect('n3'))
      await phone.add('tea')
      // A write shows elsewhere within about a second.
      await cluster.sleep(5_000)

      const heal = cluster.partition(['n1', 'n2'], ['n3'])
      await cluster.sleep(cluster.random() * 10_000)
      await Promise.all([phone.add('milk'), laptop.add('bread')])
      await cluster.sleep(60_000)
      heal()

      await cluster.sleep(10_000)
      for (const cart of [phone, laptop]) assert.deepEqual(await cart.items(), ['bread', 'milk', 'tea'])
    },
  })
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

for (const [name, makeCart] of [
  ['a cart as one value', cartAsOneValue],
  ['a key for each item', cartOfItems],
] as const) {
  const results: SimulateResult[] = []
  for (const seed of SEEDS) results.push(await shop(makeCart, seed))
  const failed = results.filter(({ ok }) => !ok)
  say(`${name}: ${failed.length} of ${SEEDS.length} seeds failed`)
  const [first] = failed
  // `first.trace()` gives the run in lines, `first.report()` as a page to look at.
  if (first !== undefined) say(`  seed ${first.seed}: ${found(first.error)}`)
}

function found(error: unknown): string {
  if (error instanceof assert.AssertionError) return `${JSON.stringify(error.actual)} is left of the cart`
  return String(error)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
