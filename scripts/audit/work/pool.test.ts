import { describe, expect, test } from 'vitest'
import { startPool } from './pool.ts'

const scriptOf = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`)
const ask = { url: '', method: 'eth_getBlockReceipts', first: 0, last: 0 } as const

describe('startPool', () => {
  test('refuses what a thread that ends cannot do any more, and whatever comes then', async () => {
    const code = "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3))"
    const pool = startPool(1, scriptOf(code))
    const tasks = [1, 2, 3].map(() => pool.run('blocks', ask))
    const results = await Promise.allSettled(tasks)
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await expect(pool.run('blocks', ask)).rejects.toThrow('every thread of the audit has ended')
    await pool.close()
  })

  test('goes on with the threads that are left', async () => {
    const code = `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', ({ id, input }) => {
        if (input.first === 13) process.exit(3)
        parentPort.postMessage({ id, output: [] })
      })`
    const pool = startPool(2, scriptOf(code))
    await expect(pool.run('blocks', { ...ask, first: 13 })).rejects.toThrow('exit code 3')
    await expect(Promise.all([1, 2, 3, 4].map(() => pool.run('blocks', ask)))).resolves.toHaveLength(4)
    await pool.close()
  })
})
