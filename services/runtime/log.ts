import { pino, type Logger } from 'pino'

export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>

/** JSON lines on standard output, one object a line, with secrets removed. */
export function createLog(name: string): Log {
  return pino({
    name,
    level: process.env.COMMONWATT_LOG_LEVEL ?? 'info',
    base: { name },
    redact: { paths: ['privateKey', 'password', '*.privateKey', '*.password'], censor: '[removed]' },
  })
}
