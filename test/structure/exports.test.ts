import { expect, it } from 'vitest'
import { filesBelow, read, withoutComments } from './tree.ts'

const code = new Map(
  ['grammar', 'src', 'test', 'scripts', 'examples', 'templates']
    .flatMap((folder) => filesBelow(folder))
    .filter((file) => /\.(ts|hbs)$/.test(file) && file !== 'grammar/cst.ts')
    .map((file) => [file, withoutComments(read(file))]),
)

it('what a file exports is named somewhere else, or at least once more in it', () => {
  const times = new Map<string, number>()
  for (const text of code.values()) for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) times.set(word, (times.get(word) ?? 0) + 1)
  const dead = [...code].flatMap(([file, text]) =>
    [...text.matchAll(/^export (?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm)].flatMap(([, name = '']) =>
      times.get(name) === 1 ? [`${file} exports ${name}`] : [],
    ),
  )
  expect(dead).toEqual([])
})
