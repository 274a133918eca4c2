import type { Step } from '../../core/plan.js'
import type { Of, Operation } from '../operation.js'
import { history } from './history.js'
import { keep } from './keep.js'
import { put } from './put.js'
import { remove } from './remove.js'
import { replace } from './replace.js'
import { rewriteEnv } from './rewrite-env.js'
import { undelete } from './undelete.js'

/** A step without an operation does not compile. */
const operations: { readonly [K in Step['op']]: Operation<Of<K>> } = {
  put,
  remove,
  undelete,
  history,
  'rewrite-env': rewriteEnv,
  keep,
  replace,
}

/** The operation that makes `step` true; it is given no other step. */
export const operationOf = (step: Step): Operation<Step> => operations[step.op] as Operation<Step>
