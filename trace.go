package pyro

import (
	"fmt"
	"iter"
	"strings"
	"text/tabwriter"

	"github.com/gopyro/pyro/tensor"
)

// Trace is the record of one run: its sites in the order they were made.
type Trace struct {
	sites []*Site
	index map[string]int // once there are many
}

// Data are values by name of the site.
type Data map[string]*tensor.Tensor

const manySites = 32

// Add appends a site. If its name is taken it returns the site that has it
// instead, otherwise nil.
func (tr *Trace) Add(s *Site) (taken *Site) {
	if old := tr.Site(s.Name); old != nil {
		return old
	}
	tr.sites = append(tr.sites, s)
	switch {
	case tr.index != nil:
		tr.index[s.Name] = len(tr.sites) - 1
	case len(tr.sites) == manySites:
		tr.index = make(map[string]int, 2*manySites)
		for i, s := range tr.sites {
			tr.index[s.Name] = i
		}
	}
	return nil
}

// Sites yields the sites in the order they were made.
func (tr *Trace) Sites() iter.Seq[*Site] {
	return func(yield func(*Site) bool) {
		for _, s := range tr.sites {
			if !yield(s) {
				return
			}
		}
	}
}

// Len is the number of sites.
func (tr *Trace) Len() int { return len(tr.sites) }

// Names returns the names of the sites in order.
func (tr *Trace) Names() []string {
	names := make([]string, len(tr.sites))
	for i, s := range tr.sites {
		names[i] = s.Name
	}
	return names
}

// Site returns the site of a name, or nil.
func (tr *Trace) Site(name string) *Site {
	if tr.index != nil {
		if i, ok := tr.index[name]; ok {
			return tr.sites[i]
		}
		return nil
	}
	for _, s := range tr.sites {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Value returns the value of a site, or nil if there is no such site.
func (tr *Trace) Value(name string) *tensor.Tensor {
	if s := tr.Site(name); s != nil {
		return s.Value
	}
	return nil
}

// Latents yields the sample sites that are not observed.
func (tr *Trace) Latents() iter.Seq[*Site] {
	return tr.where(func(s *Site) bool { return s.Kind == SampleSite && !s.Observed })
}

// Observed yields the sample sites that are observed, factors among them.
func (tr *Trace) Observed() iter.Seq[*Site] {
	return tr.where(func(s *Site) bool { return s.Kind == SampleSite && s.Observed })
}

func (tr *Trace) where(keep func(*Site) bool) iter.Seq[*Site] {
	return func(yield func(*Site) bool) {
		for _, s := range tr.sites {
			if keep(s) && !yield(s) {
				return
			}
		}
	}
}

// LogProb returns the log joint probability of all sample sites, a single
// number. It panics with a *SiteError if the shape of a site is wrong.
func (tr *Trace) LogProb() *tensor.Tensor {
	var sum *tensor.Tensor
	for _, s := range tr.sites {
		if s.Kind != SampleSite {
			continue
		}
		lp := s.LogProb()
		if lp.Rank() > 0 {
			lp = lp.Sum()
		}
		if sum == nil {
			sum = lp
		} else {
			sum = sum.Add(lp)
		}
	}
	if sum == nil {
		return tensor.Of(0.0)
	}
	return sum
}

// String returns a table of the sites: kind, distribution, and the shapes of
// the batch, of one event and of the value.
func (tr *Trace) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "site\tkind\tdistribution\tbatch\tevent\tvalue")
	for _, s := range tr.sites {
		d, batch, event := "", "", ""
		if s.Dist != nil {
			d, _, _ = strings.Cut(s.Dist.String(), "(")
			batch, event = fmt.Sprint(s.Dist.BatchShape()), fmt.Sprint(s.Dist.EventShape())
		}
		kind := s.Kind.String()
		if s.Observed {
			kind = "observed"
		}
		value := ""
		if s.Value != nil {
			value = fmt.Sprint(s.Value.Shape())
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, kind, d, batch, event, value)
	}
	w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}
