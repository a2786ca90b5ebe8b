import { DomainError } from '../../../domain/errors.ts'

export function unreachable(why: string): DomainError {
  return new DomainError('device-unreachable', `the device cannot be reached: ${why}`)
}
