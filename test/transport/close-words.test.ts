/**
 * The words of a closed link fit into a close frame and say the cause first; an address becomes one URL or a refusal.
 */

import { describe, expect, it } from 'vitest'
import { closeWords, cutReason, errorWords } from '../../src/transport/close-words.ts'
import { linkUrl } from '../../src/transport/link-url.ts'

const systemError = (code: string, message: string): Error => Object.assign(new Error(message), { code })

describe('close words', () => {
  it('cuts a reason to 123 bytes between two characters', () => {
    expect(cutReason('short')).toBe('short')
    const cut = cutReason('é'.repeat(100))
    expect(cut).toBe('é'.repeat(61))
    expect(Buffer.byteLength(cutReason('a'.repeat(1_000)))).toBe(123)
  })

  it('puts the code of the system first', () => {
    const refused = systemError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1')
    expect(errorWords(refused)).toBe('ECONNREFUSED: nothing listens there (connect 127.0.0.1:1)')
    expect(errorWords(systemError('ENOTFOUND', 'getaddrinfo ENOTFOUND no.such'))).toMatch(/^ENOTFOUND: the name/)
    expect(errorWords(new Error('Unexpected server response: 404'))).toBe('Unexpected server response: 404')
  })

  it('says refused only when all addresses of a name refused', () => {
    const refused = systemError('ECONNREFUSED', 'connect ECONNREFUSED ::1:1')
    const silent = systemError('ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:1')
    expect(errorWords(new AggregateError([refused, silent]))).toMatch(/^ETIMEDOUT: /)
    expect(errorWords(new AggregateError([refused, refused]))).toMatch(/^ECONNREFUSED: /)
  })

  it('explains the codes of the other side', () => {
    expect(closeWords(1006, '')).toBe('the connection was lost')
    expect(closeWords(1000, 'wrong cluster')).toBe('the other side closed the link: wrong cluster (1000)')
    expect(closeWords(4999, '')).toBe('the other side closed the link: no reason given (4999)')
  })
})

describe('link url', () => {
  it.each([
    ['n1:4000', 'ws://n1:4000/peer'],
    ['localhost:4000', 'ws://localhost:4000/peer'],
    ['[::1]:4000', 'ws://[::1]:4000/peer'],
    ['wss://n1.example.org', 'wss://n1.example.org/peer'],
    ['ws://n1:4000/behind/proxy?x=1', 'ws://n1:4000/behind/proxy?x=1'],
    ['http://n1:4000', undefined],
    ['n1:99999', undefined],
    ['', undefined],
  ])('%s leads to %s', (address, url) => {
    expect(linkUrl(address, '/peer')).toBe(url)
  })
})
