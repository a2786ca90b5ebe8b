import { describe, expect, test } from 'vitest'
import { DomainError } from '../domain/errors.ts'
import { createPatience } from './database-patience.ts'

function setUp() {
  const troubles: (string | null)[] = []
  const pauses: number[] = []
  const stopped = new AbortController()
  const patiently = createPatience({
    pause: async (milliseconds) => void pauses.push(milliseconds),
    stopped: stopped.signal,
    onTrouble: (detail) => troubles.push(detail),
  })
  return { patiently, troubles, pauses, stopped }
}

/** Fails with each of the errors in turn, then succeeds. */
function failing(...errors: Error[]) {
  return async () => {
    const error = errors.shift()
    if (error !== undefined) throw error
    return 'done'
  }
}

describe('patience with the database', () => {
  test('tries again after growing pauses and says when it is over', async () => {
    const { patiently, troubles, pauses } = setUp()
    const down = () => new Error('while doing this:\n\nnobody answers')
    expect(await patiently(failing(down(), down(), down()))).toBe('done')
    expect(pauses).toEqual([50, 100, 200])
    expect(troubles).toEqual(['nobody answers', 'nobody answers', 'nobody answers', null])
  })

  test('has none with refusals and defects', async () => {
    const { patiently, pauses } = setUp()
    await expect(patiently(failing(new DomainError('refused', 'no')))).rejects.toThrow('no')
    await expect(patiently(failing(new TypeError('defect')))).rejects.toThrow('defect')
    expect(pauses).toEqual([])
  })

  test('says that it is over only when nothing waits any more, even where work ends with a refusal', async () => {
    const { patiently, troubles } = setUp()
    const first = patiently(failing(new Error('down'), new Error('down')))
    const second = patiently(failing(new Error('down'), new DomainError('refused', 'no')))
    await expect(second).rejects.toThrow('no')
    expect(await first).toBe('done')
    expect(troubles.filter((trouble) => trouble === null)).toHaveLength(1)
    expect(troubles.at(-1)).toBeNull()
  })

  test('ends with the service', async () => {
    const { patiently, stopped } = setUp()
    stopped.abort()
    await expect(patiently(failing(new Error('down')))).rejects.toThrow('down')
  })
})
