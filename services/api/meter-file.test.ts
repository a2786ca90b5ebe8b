import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { LARGEST_METER_COUNT, parseMeterFile } from './meter-file.ts'

const HEADER = 'meter,serial_number,certified,certificate,claim_code'
const ADDRESS = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
const CODE = '0H2K-4N6Q-8SAV-CXEZ'
const CODE_HASH = createHash('sha256').update('0H2K4N6Q8SAVCXEZ').digest('hex')
const GOOD = `${ADDRESS},SN-1,yes,TUV-1,${CODE}`
const OTHER = `0x${'12'.repeat(20)},SN-2,no,,0H2K-4N6Q-8SAV-CXE1`

const METER = {
  row: 2,
  address: ADDRESS.toLowerCase(),
  serialNumber: 'SN-1',
  certificate: 'TUV-1',
  codeHash: CODE_HASH,
}

const parseText = (text: string) => parseMeterFile(Buffer.from(text))
const faultsOf = (text: string) => parseText(text).faults.map(({ row, column, problem }) => [row, column, problem])

describe('a file of meters', () => {
  test.each([
    ['as RFC 4180 has it', `${HEADER}\r\n${GOOD}\r\n`],
    ['with line feeds, and none at the end', `${HEADER}\n${GOOD}`],
    ['with a byte order mark', `\ufeff${HEADER}\n${GOOD}\n`],
    [
      'with quotes',
      `"meter",serial_number,certified,"certificate",claim_code\n"${ADDRESS}","SN-1",yes,"TUV-1","${CODE}"\n`,
    ],
    ['with capitals and spaces', `${HEADER.toUpperCase()}\n ${ADDRESS} , SN-1,YES,TUV-1, 0h2k 4n6q 8sav cxez \n`],
    [
      'with its columns in another sequence',
      `claim_code,certificate,certified,meter,serial_number\n${CODE},TUV-1,yes,${ADDRESS},SN-1\n`,
    ],
    ['with the hash of the code', `${HEADER}_hash\n${ADDRESS},SN-1,yes,TUV-1,${CODE_HASH.toUpperCase()}\n`],
  ])('is read %s', (_, text) => {
    expect(parseText(text)).toEqual({ meters: [METER], faults: [] })
  })

  test('is read with empty lines, which count as rows, as spreadsheets show them', () => {
    const { meters, faults } = parseText(`\n${HEADER}\n\n${GOOD}\n\r\n${OTHER}\n\n`)
    expect(faults).toEqual([])
    expect(meters.map(({ row, certificate }) => [row, certificate])).toEqual([
      [4, 'TUV-1'],
      [6, null],
    ])
  })

  test('keeps a certificate with commas and quotes as it is', () => {
    const { meters } = parseText(`${HEADER}\n${ADDRESS},SN-1,yes,"MID ""B+D"", 2026",${CODE}\n`)
    expect(meters[0]!.certificate).toBe('MID "B+D", 2026')
  })

  test.each<[string, string, unknown[]]>([
    ['nothing', '', [1, null, 'the file is empty']],
    ['a header alone', `${HEADER}\n`, [1, null, 'the file has no meters']],
    ['an unknown column', `${HEADER},owner\n${GOOD},Ada\n`, [1, 'owner', 'the column is not known']],
    ['a column twice', `${HEADER},meter\n`, [1, 'meter', 'the column is there twice']],
    ['a column less', `meter,serial_number,certified,claim_code\n`, [1, 'certificate', 'the column is missing']],
    [
      'no codes',
      'meter,serial_number,certified,certificate\n',
      [1, 'claim_code', 'one of claim_code and claim_code_hash is needed'],
    ],
    [
      'both kinds of codes',
      `${HEADER},claim_code_hash\n`,
      [1, 'claim_code', 'one of claim_code and claim_code_hash is needed'],
    ],
    [
      'semicolons',
      `${HEADER.replaceAll(',', ';')}\n`,
      [1, HEADER.replaceAll(',', ';').slice(0, 60), 'the column is not known'],
    ],
    ['a field too many', `${HEADER}\n${GOOD},\n`, [2, null, 'the row has 6 fields, and the header 5']],
    ['a row that is cut off', `${HEADER}\n${GOOD}\n0x121212`, [3, null, 'the row has 1 fields, and the header 5']],
    [
      'a quote that does not end',
      `${HEADER}\n${GOOD}\n"0x1212,SN-2,no,,`,
      [3, null, 'a quoted field does not end: the file is cut off, or a quote is missing'],
    ],
    [
      'a quote in a field',
      `${HEADER}\n${GOOD.replace('SN-1', 'S"N-1')}\n`,
      [2, null, 'a quote is in the middle of a field'],
    ],
    [
      'a row without end',
      `${HEADER}\n${GOOD}${'1'.repeat(3_000)}\n`,
      [2, null, 'the row is longer than 2048 characters'],
    ],
    [
      'a wrong checksum',
      `${HEADER}\n${GOOD.replace('0x5aA', '0x5aa')}\n`,
      [2, 'meter', 'the checksum is wrong: a digit or a letter is mistyped'],
    ],
    ['no address', `${HEADER}\n${GOOD.replace('0x5a', '0x5')}\n`, [2, 'meter', 'this is no address']],
    [
      "nobody's address",
      `${HEADER}\n${GOOD.replace(ADDRESS, `0x${'00'.repeat(20)}`)}\n`,
      [2, 'meter', 'this is the address of nobody'],
    ],
    ['a formula', `${HEADER}\n${GOOD.replace('SN-1', '=1+1')}\n`, [2, 'serial_number', 'this is no serial number']],
    ['a maybe', `${HEADER}\n${GOOD.replace('yes', 'maybe')}\n`, [2, 'certified', 'this is neither yes nor no']],
    [
      'no certificate',
      `${HEADER}\n${GOOD.replace('TUV-1', '')}\n`,
      [2, 'certificate', 'certified is yes, and this is no certificate'],
    ],
    [
      'a certificate of none',
      `${HEADER}\n${GOOD.replace('yes', 'no')}\n`,
      [2, 'certificate', 'there is one, and certified is no'],
    ],
    ['a code that is none', `${HEADER}\n${GOOD.replace('CXEZ', 'CXEU')}\n`, [2, 'claim_code', 'this is no claim code']],
    ['a hash that is none', `${HEADER}_hash\n${GOOD}\n`, [2, 'claim_code_hash', 'this is no SHA-256']],
    [
      'the hash of an empty code',
      `${HEADER}_hash\n${ADDRESS},SN-1,yes,TUV-1,${createHash('sha256').digest('hex')}\n`,
      [2, 'claim_code_hash', 'this is the SHA-256 of an empty text'],
    ],
    [
      'a column named as what every object has',
      `${HEADER},constructor\n`,
      [1, 'constructor', 'the column is not known'],
    ],
    [
      'a meter twice',
      `${HEADER}\n${GOOD}\n${OTHER.replace(/^\w+/, ADDRESS.toLowerCase())}\n`,
      [3, 'meter', 'row 2 has the same'],
    ],
    [
      'a serial number twice',
      `${HEADER}\n${GOOD}\n${OTHER.replace('SN-2', 'SN-1')}\n`,
      [3, 'serial_number', 'row 2 has the same'],
    ],
    ['a code twice', `${HEADER}\n${GOOD}\n${OTHER.replace('CXE1', 'CXEZ')}\n`, [3, 'claim_code', 'row 2 has the same']],
  ])('is refused with %s', (_, text, fault) => {
    expect(faultsOf(text)).toContainEqual(fault)
  })

  test('is refused where it is not UTF-8, with the first row that is not', () => {
    const latin = Buffer.from(`${HEADER}\n${GOOD}\n${OTHER.replace('SN-2', 'SN-ä')}\n`, 'latin1')
    expect(parseMeterFile(latin)).toEqual({
      meters: [],
      faults: [
        { row: 3, column: null, problem: 'the row is not UTF-8', remedy: 'save the file as UTF-8, and send it again' },
      ],
    })
    expect(parseMeterFile(Buffer.from(`${HEADER}\n`, 'utf16le')).faults).toHaveLength(1)
  })

  test('tells every fault of every row, and never a code', () => {
    const text = `${HEADER}\n0x1,?,maybe,,SECRET-CODE\n${GOOD}\n0x2,?,no,,${CODE}\n`
    const { meters, faults } = parseText(text)
    expect(meters.map(({ row }) => row)).toEqual([3])
    expect(faults.map(({ row, column }) => `${row} ${column}`)).toEqual([
      '2 meter',
      '2 serial_number',
      '2 certified',
      '2 claim_code',
      '4 meter',
      '4 serial_number',
    ])
    expect(JSON.stringify(faults)).not.toContain('SECRET')
    expect(faults.every(({ remedy }) => remedy.length > 5)).toBe(true)
  })

  test('holds 20,000 meters, and not one more', () => {
    const rowOf = (index: number) =>
      `0x1${index.toString(16).padStart(39, '0')},SN-${index},no,,${index.toString(16).padStart(64, '0')}`
    const textOf = (count: number) =>
      [`${HEADER}_hash`, ...Array.from({ length: count }, (_, index) => rowOf(index))].join('\n')
    const { meters, faults } = parseText(textOf(LARGEST_METER_COUNT))
    expect({ count: meters.length, faults }).toEqual({ count: LARGEST_METER_COUNT, faults: [] })
    expect(faultsOf(textOf(LARGEST_METER_COUNT + 1))).toEqual([
      [1, null, 'the file has 20001 meters, and at most 20000 are taken at once'],
    ])
  })
})
