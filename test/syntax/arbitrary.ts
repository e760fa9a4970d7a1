import fc, { type Arbitrary } from 'fast-check'

/** Random specs as lists of words, by the grammar: every one of them is valid. */
type Words = readonly string[]

const name = fc.constantFrom('x', 'y', 'd', 'T', 'heads', 'key', 'n_1', 'scale', 'state', 'none', 'true', 'of', 'model')
const number = fc.constantFrom('0', '8', '32_000', '2M', '256KiB', '1e-4', '0.5', '1.5k')
const text = fc.constantFrom('"a"', '""', '"layers.{i}.weight"', '"\\"\\\\\\n"', '"// no comment"')
const operator = fc.constantFrom('+', '-', '*', '/', '%', '^', '<', '<=', '==', '!=', 'and', 'or')
const comparing = ['<', '<=', '==', '!=']

function words(...parts: readonly (string | Arbitrary<Words> | Arbitrary<string>)[]): Arbitrary<Words> {
  return fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.flat())
}

function separated(item: Arbitrary<Words>, separator: Words, minLength = 0, maxLength = 3): Arbitrary<Words> {
  return fc
    .tuple(fc.array(item, { minLength, maxLength }), fc.boolean())
    .map(([items, trailing]) => [
      ...items.flatMap((one, index) => (index === 0 ? one : [...separator, ...one])),
      ...(trailing && items.length > 0 ? separator : []),
    ])
}

function optional(part: Arbitrary<Words>): Arbitrary<Words> {
  return fc.oneof(fc.constant<Words>([]), part)
}

const caseKey: Arbitrary<Words> = fc.oneof(words(number), words('-', number), words(text), words(name))

function arms(value: Arbitrary<Words>): Arbitrary<Words> {
  const keyed = separated(words(caseKey, ':', value), [','], 1)
  const withElse = fc.tuple(separated(words(caseKey, ':', value), [','], 0), value).map(([all, last]) => {
    const before = all.length === 0 || all.at(-1) === ',' ? all : [...all, ',']
    return [...before, 'else', ':', ...last]
  })
  return fc.oneof(keyed, withElse)
}

/** Without a bound most specs would be short and some endless. */
const bounded = { maxDepth: 4, depthIdentifier: fc.createDepthIdentifier(), withCrossShrink: true }

const { expression, operation, items } = fc.letrec<Record<'expression' | 'operation' | 'postfix' | 'primary' | 'items' | 'item', Words>>(
  (tie) => {
    const range = fc.oneof(words(tie('operation'), '..', optional(tie('operation'))), words('..', tie('operation')))
    const argument = words(optional(words(name, ':')), fc.oneof(tie('expression'), range))
    const call = words('(', separated(argument, [',']), ')')
    const suffix = fc.oneof(call, words('[', tie('expression'), ']'), words('.', name))
    return {
      primary: fc.oneof(
        bounded,
        words(name),
        words(number),
        words(text),
        words('(', tie('expression'), ')'),
        words('[', separated(tie('expression'), [',']), ']'),
        words('case', tie('operation'), '{', arms(tie('expression')), '}'),
        words('stack', '(', tie('expression'), ')', '{', tie('items'), '}'),
      ),
      postfix: fc.oneof(
        bounded,
        words(name),
        words(
          tie('primary'),
          fc.array(suffix, { maxLength: 2 }).map((all) => all.flat()),
          optional(words('as', name)),
        ),
      ),
      operation: fc
        .tuple(
          tie('postfix'),
          fc.array(fc.tuple(operator, fc.constantFrom<Words>([], [], ['-'], ['not']), tie('postfix')), { maxLength: 2 }),
        )
        .map(([first, rest]) => {
          const chained = rest.filter(([op, prefix]) => comparing.includes(op) || prefix.includes('not')).length > 1
          return chained ? first : [...first, ...rest.flatMap(([op, prefix, value]) => [op, ...prefix, ...value])]
        }),
      expression: words(
        tie('operation'),
        fc.array(words('|', name, optional(call), optional(words('as', name))), { maxLength: 2 }).map((all) => all.flat()),
      ),
      item: fc.oneof(
        bounded,
        words(name, call, optional(words('as', name))),
        words('repeat', number, '{', tie('items'), '}'),
        words('for', name, 'in', fc.oneof(tie('operation'), range), '{', tie('items'), '}'),
        words('case', tie('operation'), '{', arms(fc.oneof(words('silu', call), words('{', tie('items'), '}'))), '}'),
        words('shared', name, '=', tie('expression')),
      ),
      items: fc.array(tie('item'), { maxLength: 3 }).map((all) => all.flat()),
    }
  },
)

const axes = words('[', separated(fc.oneof(operation, words('..')), [','], 1), ']')
const type = words(fc.constantFrom('f32', 'u32'), optional(axes))
const kind = words(fc.constantFrom('size', 'real', 'flag', 'layer', 'Core'), optional(words('[', optional(expression), ']')))
const given = optional(words('=', expression))
/** A line of its own, also where a word brings its line breaks along. */
const documented = optional(words('\n/// said\n'))
const params = words('(', separated(words(documented, name, ':', kind, given), [','], 1), ')')
const bounds = optional(fc.oneof(words('in', '..', operation), words('in', number, '..', optional(words(number)))))
const bodyParams = words('(', separated(words(documented, name, ':', type, bounds, given), [',']), ')')
const sidedParams = words(
  '(',
  separated(words(documented, name, optional(words('[', fc.constantFrom('i', 'j'), ']')), ':', type), [',']),
  ')',
)

const statement: Arbitrary<Words> = fc.oneof(
  words('size', name, given),
  words('dim', name, ':', fc.constantFrom('batch', 'time')),
  words(fc.constantFrom('input', 'output'), name, ':', type),
  words('in', name, ':', type, given),
  words('weight', name, ':', type, optional(words('init', expression))),
  words('shared', name, '=', expression),
  words('out', optional(words(name, '=')), expression),
  words('stack', '{', items, '}'),
  words('require', '{', separated(expression, [','], 1), '}'),
  words('precision', '{', separated(words(fc.oneof(name, text), '=', 'f16'), [','], 1), '}'),
  words(name, optional(words(',', name)), '=', expression),
  words(name, ':', type, '=', expression),
)
const equations = fc.array(
  fc.oneof(
    words('state', 'S', ':', type, given),
    words(name, '=', expression),
    words('for', 'j', 'in', number, '..', name, '{', 'S', '=', expression, '}'),
    words('out', expression),
  ),
  { maxLength: 3 },
)
const transform = words('|', fc.constantFrom('add', 'exp', 'split'), optional(words('(', separated(words(number), [',']), ')')))
const rule = words(
  optional(words('optional')),
  text,
  '<-',
  fc.oneof(text, fc.constant('zeros')),
  fc.array(transform, { maxLength: 3 }).map((all) => all.flat()),
)
const entries = fc.array(
  fc.oneof(
    rule,
    words('ignore', text),
    words('expect', text, '==', expression),
    words('group', text, '<-', text, '{', rule, '}'),
    words('for', 'u', 'in', number, '..', name, '{', '"a.{u}"', '<-', '"b.{ u+d }.{i}"', '}'),
  ),
  {
    maxLength: 3,
  },
)

const declaration: Arbitrary<Words> = fc.oneof(
  words('model', name, optional(params), '{', lines(fc.array(statement, { maxLength: 4 })), '}'),
  words('model', name, '=', expression),
  words(fc.constantFrom('layer', 'block'), name, optional(params), '{', lines(fc.array(statement, { maxLength: 4 })), '}'),
  words('recurrence', name, bodyParams, '->', type, '{', lines(equations), '}'),
  words('attention', name, sidedParams, '->', type, '{', 'where', expression, 'out', expression, 'of', expression, '}'),
  words('function', name, bodyParams, '=', expression),
  words('init', name, '=', expression),
  words('checkpoint', name, 'from', 'safetensors', '{', lines(entries), '}'),
  words('import', name, optional(words(',', name, 'as', name)), 'from', text),
)

/** A line break before each: `\n` is a word of its own. */
function lines(parts: Arbitrary<readonly Words[]>): Arbitrary<Words> {
  return parts.map((all) => all.flatMap((one) => ['\n', ...one]))
}

/** The words of a valid spec. */
export const spec: Arbitrary<Words> = lines(fc.array(declaration, { maxLength: 3 })).map((all) => ['gdn', '1', ...all])

/** What can stand between two words. A line break only where it cannot make a name look like the start of a statement. */
const gap = fc.constantFrom('', ' ', ' ', ' ', '  ', '\t', '\n', '\r\n', '\n\n\n', ' // note\n', '\n// note\n', '\n\n  // note\n\n')
const glued = /^[\w"]/

/** A valid spec written in an unusual way, with comments anywhere. */
export const wildSpec: Arbitrary<string> = fc.tuple(spec, fc.array(gap, { minLength: 1, maxLength: 60 })).map(([all, gaps]) =>
  all
    .map((word, index) => {
      if (word === '\n') return ''
      const space = gaps[index % gaps.length]!
      const before = all[index - 1]
      if (index === 0) return word
      if (before === '\n') return `\n${space.includes('//') ? `${space.trimStart()}` : ''}${word}`
      // A keyword that is used as a name stays on its line; two words, numbers or signs do not grow together.
      const breaks = /[\n\r]/.test(space) && /^[A-Za-z_]/.test(word)
      const joins =
        space === '' && ((glued.test(word) && glued.test(before!.slice(-1))) || /[-<>=!.*|&/]$/.test(before!) || /^[-<>=!.*|&/]/.test(word))
      return `${breaks || joins ? ' ' : space}${word}`
    })
    .join(''),
)
