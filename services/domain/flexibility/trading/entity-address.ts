import { DomainError } from '../../errors.ts'

declare const address: unique symbol
/** How grid operators name a connection or congestion point: by its EAN, or by a date, a reversed domain and a local name. */
export type EntityAddress = string & { readonly [address]: 'entity address' }

const EAN = /^ean\.[0-9]{18}$/
const ENTITY = /^ea1\.[0-9]{4}-(0[1-9]|1[0-2])\.[a-z]{2,}(\.[a-z0-9]+(-[a-z0-9]+)*)+:.{1,244}$/
const LONGEST_DOMAIN = 244

/** Throws `entity-address-invalid` unless `ean.<18 digits>` or `ea1.yyyy-mm.<reversed domain>:<local name>`. */
export function parseEntityAddress(value: string): EntityAddress {
  const isEntity = ENTITY.test(value) && value.indexOf(':') <= 'ea1.yyyy-mm.'.length + LONGEST_DOMAIN
  if (!EAN.test(value) && !isEntity) {
    throw new DomainError(
      'entity-address-invalid',
      `"${value}" is no entity address: give ean. with 18 digits, or ea1.yyyy-mm.reversed.domain:local-name`,
      { value },
    )
  }
  return value as EntityAddress
}
