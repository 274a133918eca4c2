import { awsChanges } from '../support/conformance-aws-changes.js'
import { awsReads } from '../support/conformance-aws-reads.js'
import { awsSuite } from '../support/conformance-aws-suite.js'
import { server } from './support/env.js'

const upstream = () => server('TEST_AWS_MOTO')
awsSuite('moto', upstream)
awsReads('moto', upstream)
awsChanges('moto', upstream)
