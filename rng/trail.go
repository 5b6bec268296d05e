package rng

// trail is one step by which a traced key was derived.
type trail struct {
	parent *trail // nil at the root
	x, tag uint64
	owner  any
}

// Trace returns k as the root of traced keys: those derived from it remember
// how, and for whom. Traced keys draw the same numbers as plain ones. Whoever
// records a computation uses them to repeat it with another root. With a nil
// owner, nothing is recorded.
func (k Key) Trace(owner any) Key {
	k.trail = &trail{owner: owner}
	return k
}

// Owner returns what was given to Trace, or nil for a plain key.
func (k Key) Owner() any {
	if k.trail == nil {
		return nil
	}
	return k.trail.owner
}

// Untraced returns k as a plain key.
func (k Key) Untraced() Key {
	k.trail = nil
	return k
}

// drawer is an owner that is told of draws by which a computation may go another
// way each time: those of plain numbers, which it cannot repeat.
type drawer interface{ Drawn(method string) }

// note tells the owner of a traced key.
func (k Key) note(method string) {
	if k.trail == nil {
		return
	}
	if d, ok := k.trail.owner.(drawer); ok {
		d.Drawn(method)
	}
}

// Rederive returns the key that is derived from root as the traced key k was
// from its own root. A plain key is returned as it is.
func (k Key) Rederive(root Key) Key {
	if k.trail == nil {
		return k
	}
	return k.trail.follow(root)
}

func (t *trail) follow(root Key) Key {
	if t.parent == nil {
		return root
	}
	return derive(t.parent.follow(root), t.x, t.tag)
}

// SameTrail reports whether two keys were derived in the same way from their
// roots, or are equal plain keys.
func (k Key) SameTrail(l Key) bool {
	a, b := k.trail, l.trail
	if a == nil || b == nil {
		return a == nil && b == nil && k == l
	}
	for a.parent != nil && b.parent != nil {
		if a.x != b.x || a.tag != b.tag {
			return false
		}
		a, b = a.parent, b.parent
	}
	return a.parent == nil && b.parent == nil
}
