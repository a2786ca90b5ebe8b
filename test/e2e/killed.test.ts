import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { startNeighbourhood } from './started-neighbourhood.ts'

/** The processes below one, and those below them. */
function descendantsOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  const below = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('npm start that is killed leaves no process behind, and its folder can be used again', async () => {
  const first = await startNeighbourhood()
  const processes = descendantsOf(first.pid)
  expect(processes.length).toBeGreaterThanOrEqual(8)
  process.kill(first.pid, 'SIGKILL')
  await expect.poll(() => processes.filter(isAlive), { timeout: 30_000 }).toEqual([])

  const second = await startNeighbourhood(first.folder)
  expect(second.output()).toContain('begins anew')
  expect(await second.interrupt()).toBe(0)
  second.remove()
})
