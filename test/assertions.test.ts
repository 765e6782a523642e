/** `t.match` compares lists in full, so that an assertion about an empty or a short list can fail. */
import t from 'tap'

t.notMatch({ cookies: ['access=1'] }, { cookies: [] }, 'an empty list matches an empty list alone')
t.notMatch([{ id: 1 }, { id: 2 }], [{ id: 1 }], 'one more element is a difference')
t.notMatch([{ id: 1 }], [{ id: 1 }, {}], 'one element less is a difference')
t.match([{ id: 1, more: true }], [{ id: Number }], 'elements are still compared by pattern')
