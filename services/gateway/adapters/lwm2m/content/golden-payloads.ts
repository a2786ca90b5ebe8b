import { CONTENT_FORMAT } from './content-format.ts'

/** What a real client wrote for `/3303/0`, by its numbers and the name of its format. */
export const GOLDEN_PAYLOADS = [
  {
    name: 'TLV',
    format: CONTENT_FORMAT.tlv,
    payload: Buffer.from('e415e141500000e415e241500000e415e300000000e415e442280000e4164441500000e3164543656c', 'hex'),
  },
  {
    name: 'SenML CBOR',
    format: CONTENT_FORMAT.senmlCbor,
    payload: Buffer.from(
      '86a321672f333330332f3000652f3536303102fa41500000a200652f3536303202fa41500000a200652f3536303302fa00000000' +
        'a200652f3536303402fa42280000a200652f3537303002fa41500000a200652f35373031036343656c',
      'hex',
    ),
  },
  {
    name: 'LwM2M CBOR',
    format: CONTENT_FORMAT.lwm2mCbor,
    payload: Buffer.from(
      'bf82190ce700bf1915e1fa415000001915e2fa415000001915e3fa000000001915e4fa42280000191644fa41500000191645' +
        '6343656cffff',
      'hex',
    ),
  },
] as const

export const GOLDEN_VALUES = {
  '3303/0/5601': 13,
  '3303/0/5602': 13,
  '3303/0/5603': 0,
  '3303/0/5604': 42,
  '3303/0/5700': 13,
  '3303/0/5701': 'Cel',
} as const
