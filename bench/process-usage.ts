import { readFile } from 'node:fs/promises'

/** What a process has used so far: its processor time, and the memory that it holds now. */
export type ProcessUsage = { readonly cpuSeconds: number; readonly residentBytes: number }

/** Linux counts so in /proc, whatever the processor. */
const TICKS_PER_SECOND = 100

/** Of all the processes together; zero for one that is gone. Known on Linux only. */
export async function usageOf(...pids: readonly number[]): Promise<ProcessUsage> {
  const usages = await Promise.all(pids.map(readUsage))
  return {
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  }
}

async function readUsage(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all(
    ['stat', 'status'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
  )
  // The second field is the program's name in parentheses, which may hold spaces; 14 and 15 are its ticks.
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '') ?? []
  return { cpuSeconds: ticks / TICKS_PER_SECOND, residentBytes: Number(kilobytes) * 1_024 }
}
