/** The verbs of `hearsay`, in the order of its help. */

import type { Verb } from './verb.ts'
import { backup } from './verbs/backup.ts'
import { clock } from './verbs/clock.ts'
import { conflicts } from './verbs/conflicts.ts'
import { del } from './verbs/del.ts'
import { diff } from './verbs/diff.ts'
import { exportVerb } from './verbs/export.ts'
import { forget } from './verbs/forget.ts'
import { get } from './verbs/get.ts'
import { importVerb } from './verbs/import.ts'
import { log } from './verbs/log.ts'
import { ls } from './verbs/ls.ts'
import { members } from './verbs/members.ts'
import { put } from './verbs/put.ts'
import { restore } from './verbs/restore.ts'
import { serve } from './verbs/serve.ts'
import { sim } from './verbs/sim.ts'
import { status } from './verbs/status.ts'
import { sync } from './verbs/sync.ts'
import { watch } from './verbs/watch.ts'

export const VERBS: readonly Verb[] = [
  serve,
  get,
  put,
  del,
  ls,
  watch,
  importVerb,
  exportVerb,
  status,
  members,
  diff,
  sync,
  conflicts,
  forget,
  clock,
  log,
  backup,
  restore,
  sim,
]
