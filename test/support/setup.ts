import { jest } from '@jest/globals'

/** A machine under load is slow, not wrong: only a test that hangs runs into this. */
jest.setTimeout(120_000)
