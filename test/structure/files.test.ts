import { describe, expect, it } from 'vitest'
import { filesBelow, lineOf, read } from './tree.ts'

/** Files that may be longer than 400 lines, each with its reason. */
const longer: Readonly<Record<string, string>> = {}

const limit = 400
const self = 'test/structure/files.test.ts'
const isText = (file: string): boolean => !/\.(safetensors|png|ico)$/.test(file)
const committed = filesBelow('').filter((file) => isText(file) && file !== self)
const written = committed.filter(
  (file) =>
    /\.(ts|gdn|hbs|wgsl)$/.test(file) && !file.startsWith('test/golden/') && !file.includes('__snapshots__') && file !== 'grammar/cst.ts',
)

describe('files', () => {
  it(`have at most ${limit} lines`, () => {
    const tooLong = written
      .map((file) => ({ file, lines: read(file).trimEnd().split('\n').length }))
      .filter(({ file, lines }) => lines > limit && !(file in longer))
    expect(tooLong).toEqual([])
  })

  it('that may be longer still are', () => {
    const short = Object.keys(longer).filter((file) => read(file).trimEnd().split('\n').length <= limit)
    expect(short).toEqual([])
  })

  it('leave nothing to do later', () => {
    expect(found(/\b(TODO|FIXME|XXX|HACK)\b/g, written)).toEqual([])
  })

  it('name no folder of one machine', () => {
    expect(found(/(?<![\w.)}\]/-])\/(?:work|root|home\/\w+|Users\/\w+|mnt|opt\/\w+)\/[\w.-]+|\b[A-Z]:\\{1,2}Users\b/g, committed)).toEqual(
      [],
    )
  })

  it('name no package registry', () => {
    expect(
      found(
        /\bregistry\.[\w-]+\.\w+|\b(?:npm|pypi|artifactory|nexus|verdaccio)\.[\w-]+\.(?:internal|local|lan|corp)\b|"resolved":/g,
        committed,
      ),
    ).toEqual([])
  })
})

function found(pattern: RegExp, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const text = read(file)
    return [...text.matchAll(pattern)].map((match) => `${file}:${lineOf(text, match.index)} says '${match[0]}'`)
  })
}
