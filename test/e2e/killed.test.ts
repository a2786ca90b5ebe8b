import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { startNeighbourhood } from './started-neighbourhood.ts'

type Process = { readonly pid: number; readonly parent: number; readonly state: string; readonly command: string }

function listProcesses(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,command=']).toString().trim().split('\n')
  return lines.map((line) => {
    const [pid, parent, state, ...command] = line.trim().split(/\s+/)
    return { pid: Number(pid), parent: Number(parent), state: state!, command: command.join(' ') }
  })
}

/** The processes below one, and those below them. */
function descendantsOf(pid: number): number[] {
  const processes = listProcesses()
  const below = (parent: number): number[] =>
    processes.filter((process) => process.parent === parent).flatMap((child) => [child.pid, ...below(child.pid)])
  return below(pid)
}

/** What of these still runs; not what has ended and waits for the system to take note of it. */
function runningOf(pids: readonly number[]): string[] {
  const running = listProcesses().filter(({ pid, state }) => pids.includes(pid) && !state.startsWith('Z'))
  return running.map(({ pid, state, command }) => `${pid} ${state} ${command}`)
}

test('npm start that is killed leaves no process behind, and its folder can be used again', async () => {
  const first = await startNeighbourhood()
  const processes = descendantsOf(first.pid)
  expect(processes.length).toBeGreaterThanOrEqual(8)
  process.kill(first.pid, 'SIGKILL')
  await expect.poll(() => runningOf(processes), { timeout: 30_000 }).toEqual([])

  const second = await startNeighbourhood(first.folder)
  expect(second.output()).toContain('begins anew')
  expect(await second.interrupt()).toBe(0)
  second.remove()
})
