/**
 * `hearsay/sim`: the simulator for programs. `simulate` runs a program of yours against a simulated cluster;
 * `runPlan` replays a plan, as the tests that `hearsay sim run --shrink` writes do; `run` does what a seed draws.
 */

export { runPlan } from './checked-run.ts'
export { Violation } from './checker.ts'
export type { FaultFamily, FaultStep } from './faults/fault.ts'
export { FAULT_FAMILIES, type Fault } from './faults/index.ts'
export type { Operation, Plan, PlannedChange, Step } from './plan.ts'
export { parsePlan, planText } from './plan-text.ts'
export { type RunResult, run } from './run.ts'
export { SCENARIOS } from './scenarios/index.ts'
export { planOf, type Scenario } from './scenarios/scenario.ts'
export { type Cluster, type SimulateOptions, type SimulateResult, simulate } from './simulate.ts'
export { drawPlan, SWARM_DEFAULTS, type SwarmOptions } from './swarm.ts'
