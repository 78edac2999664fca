/**
 * Lets the programs of users run within a simulated run: everything that they wait for and that is there by now. They
 * run between two events of the world, so virtual time stands still for them.
 */

// Taken before anybody can put something in its place: test runners do.
const macrotask = setImmediate

/** Resolves when no microtask is left. */
export function programsTurn(): Promise<void> {
  return new Promise((resolve) => macrotask(resolve))
}
