/** A thread of a soak: runs the seeds that it is told, and tells what each showed. */

import { parentPort, workerData } from 'node:worker_threads'
import { runSeed, type SoakShape } from './soak.ts'

parentPort?.on('message', (seed: number) => parentPort?.postMessage(runSeed(workerData as SoakShape, seed)))
