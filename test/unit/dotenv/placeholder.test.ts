import { describe, expect, test } from '@jest/globals'
import { isPlaceholder } from '../../../src/dotenv/placeholder.js'

const placeholders: Record<string, string[]> = {
  "says 'change me'": [
    'changeme',
    'CHANGE_ME',
    'change-this-in-production',
    'ChangeMeBy32KeyLength',
    'please_changeme',
    'replace-with-your-key',
  ],
  'says where to put a value': ['put-your-key-here', 'ENTER_YOUR_TOKEN', 'insert here', 'secret_goes_here'],
  'says how to get a value': ['generate_a_new_key', 'get_the_secret_of_above_key', 'use a long one'],
  'describes a value': ['RANDOM_STRING', 'a-very-long-secret', 'some-random-string-of-32'],
  "says 'your …'": ['your-api-key', 'YOUR_SECRET', 'your password', 'sk-your-key'],
  'says that it is only an example': ['example', 'dummy-token', 'my-example', 'sample_key', 'TODO', 'placeholder'],
  "says 'super secret'": ['supersecret', 'my-super-secret-key'],
  'only names what belongs here': ['password', 'secret', 'API_KEY', 'smtpPassword', 'secret123'],
  'stands in <…>': ['<your key>', '<KEY>'],
  'stands in […]': ['[YOUR-PASSWORD]'],
  'stands in template marks': ['{{ password }}', '{password}', '%PASSWORD%', '__KEY__'],
  'is a command to run': ['openssl rand -hex 32', '$(openssl rand -hex 32)'],
  "holds 'xxx'": ['xxx', 'XXXX-XXXX', 'sk_test_xxxxxxxx', '********'],
  'ends in dots': ['sk_live_...', 'AKIA…'],
  'is one character again and again': ['00000000', 'aaaaaaaa'],
  'counts up': ['12345678', '1234567890', 'abcdefgh', '0123456789abcdef0123456789abcdef'],
  'is an example of documentation': ['AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
}

describe('isPlaceholder', () => {
  test.each(Object.entries(placeholders))('%s', (reason, values) => {
    expect(values.map((value) => [value, isPlaceholder(value)])).toEqual(values.map((value) => [value, reason]))
  })

  test('a URL is one when its password is one', () => {
    expect(isPlaceholder('postgres://user:password@localhost:5432/db')).toBe('only names what belongs here')
    expect(isPlaceholder('postgres://user:<PASSWORD>@localhost/db')).toBe('stands in <…>')
    expect(isPlaceholder('postgres://password:p7Qk2v@example/db')).toBeUndefined()
  })

  test('a value that a person or a generator made is none, a weak one neither', () => {
    const real = [
      'hunter2',
      'postgres',
      'guest',
      '9f86d081884c7d659a2feaa0c55ad015',
      'Tr0ub4dor&3',
      '',
      'herewegoagain9',
      'keyboard cat',
      'youth-hostel',
      '4242',
      'p/q#r',
    ]
    expect(real.filter((value) => isPlaceholder(value) !== undefined)).toEqual([])
  })

  test('reasons are words, never the value', () => {
    for (const value of Object.values(placeholders).flat()) {
      expect(value.length > 8 && isPlaceholder(value)!.includes(value)).toBe(false)
    }
  })
})
