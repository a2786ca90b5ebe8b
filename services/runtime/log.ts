import { pino, type Logger } from 'pino'

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>

/** JSON lines on standard output, one object a line, with secrets removed. */
export function createLog(name: string): Log {
  const options = {
    name,
    level: process.env.COMMONWATT_LOG_LEVEL ?? 'info',
    base: { name },
    redact: { paths: ['privateKey', 'password', '*.privateKey', '*.password'], censor: '[removed]' },
  }
  // Written at once: what pino keeps until the exit it tries to write for ever where nobody reads it any more.
  return pino(options, pino.destination({ dest: 1, sync: true }))
}
