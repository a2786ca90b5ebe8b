import { parentPort, type Transferable } from 'node:worker_threads'
import { DomainError } from '../../../services/domain/errors.ts'
import { readRawBlocks } from '../ledger/block-source.ts'
import { verifyBlock, type VerifiedBlock } from '../ledger/verified-block.ts'
import { clearSession } from '../market/session-clearing.ts'
import type { AnswerMessage, TaskMessage } from './tasks.ts'

const TRANSFERRED_FROM = 1_024

parentPort?.on('message', (task: TaskMessage) => {
  void answer(task).catch((error: unknown) => {
    const code = error instanceof DomainError ? error.code : null
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    send({ id: task.id, error: { code, message: code === null ? message : (error as Error).message } })
  })
})

async function answer(task: TaskMessage): Promise<void> {
  if (task.name === 'session') {
    send({ id: task.id, output: clearSession(task.input) })
    return
  }
  const { url, method, first, last } = task.input
  const raw = await readRawBlocks(url, method, first, last)
  const blocks = raw.map(({ number, block, receipts }) => verifyBlock(number, block, receipts))
  send({ id: task.id, output: blocks }, buffersOf(blocks))
}

/** Long inputs change hands instead of being copied; each lies in a buffer of its own. */
function buffersOf(blocks: readonly VerifiedBlock[]): ArrayBuffer[] {
  return blocks
    .flatMap(({ transactions }) => transactions.map(({ input }) => input.buffer as ArrayBuffer))
    .filter(({ byteLength }) => byteLength >= TRANSFERRED_FROM)
}

function send(message: AnswerMessage, transferred: readonly Transferable[] = []): void {
  parentPort?.postMessage(message, transferred)
}
