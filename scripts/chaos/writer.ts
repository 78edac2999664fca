/**
 * The process that gets killed: opens the folder, looks after how many operations of the list it stands, goes on with
 * the next ones, and closes in order when it is let. Ends with 3 when what it found cannot be.
 */

import { readAcknowledged, tellTo } from './acknowledgements.ts'
import { apply, foundIn, openCrashNode, type Plan } from './crash-node.ts'
import { difference, groupEnd, operationList, prefixOf, statesOf } from './operations.ts'

const plan = JSON.parse(process.argv[2] ?? '') as Plan
const operations = operationList(plan.seed, plan.writes, plan.valueBytesMax)
const states = statesOf(operations)
const tell = tellTo(plan.acks)
const { least, most } = readAcknowledged(plan.acks)
const node = await openCrashNode(plan)
const { state } = await foundIn(node)
const began = prefixOf(state, states, least, most)
if (began === undefined) {
  process.stderr.write(`not the state after ${least} to ${most} operations: ${difference(state, states, least)}\n`)
  process.exit(3)
}
tell.shown(began)
const stop = Math.min(began + plan.count, plan.writes)
for (let at = began; at < stop; ) {
  const end = Math.min(groupEnd(at, plan.writes), stop)
  tell.issue(end)
  await Promise.all(
    operations.slice(at, end).map(async (operation, i) => {
      const version = await apply(node, operation)
      tell.acknowledge(at + i, version)
    }),
  )
  at = end
}
await node.close()
process.exit(0)
