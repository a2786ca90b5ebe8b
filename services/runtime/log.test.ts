import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

const LOGS_AND_ENDS = `
  import { createLog } from ${JSON.stringify(new URL('log.ts', import.meta.url).href)}
  const log = createLog('test')
  process.once('message', () => {
    log.warn('the starter is gone')
    log.warn('nobody reads this')
    process.exit(0)
  })
  process.send('up')
`

test('a process ends though nobody reads its log any more', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', LOGS_AND_ENDS], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  try {
    await once(child, 'message')
    child.stdout!.destroy()
    child.send('end')
    const [status] = (await once(child, 'exit', { signal: AbortSignal.timeout(10_000) })) as [number]
    expect(status).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
})
