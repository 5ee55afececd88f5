package auth

// cache remembers verified tokens in two generations. When the young one is full it becomes the old one and what was
// old is forgotten: tokens in use survive, the size has a bound, and a hit writes nothing. Not safe for concurrent use.
type cache struct {
	size       int // of each generation
	young, old map[string]verified
}

func newCache(size int) cache {
	return cache{size: size, young: map[string]verified{}}
}

// get returns what is known of the token; aging means that it should be put again to survive.
func (c *cache) get(token string) (found verified, aging, ok bool) {
	if found, ok = c.young[token]; ok {
		return found, false, true
	}
	found, ok = c.old[token]
	return found, ok, ok
}

func (c *cache) put(token string, v verified) {
	if len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[string]verified, c.size)
	}
	c.young[token] = v
}

func (c *cache) clear() {
	c.young, c.old = map[string]verified{}, nil
}

func (c *cache) len() int { return len(c.young) + len(c.old) }
