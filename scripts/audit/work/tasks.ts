import type { SessionFacts, SessionResult } from '../market/session-clearing.ts'
import type { ReceiptsMethod } from '../ledger/block-source.ts'
import type { VerifiedBlock } from '../ledger/verified-block.ts'

/** What a worker can be asked to do, and what it answers. */
export type Tasks = {
  /** Read blocks from the node and check each against its hash. */
  readonly blocks: {
    readonly input: {
      readonly url: string
      readonly method: ReceiptsMethod
      readonly first: number
      readonly last: number
    }
    readonly output: readonly VerifiedBlock[]
  }
  /** Clear a session anew. */
  readonly session: { readonly input: SessionFacts; readonly output: SessionResult }
}

export type TaskName = keyof Tasks
export type TaskMessage = {
  readonly [Name in TaskName]: { id: number; name: Name; input: Tasks[Name]['input'] }
}[TaskName]
export type AnswerMessage =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: { readonly code: string | null; readonly message: string } }
