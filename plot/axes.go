package plot

// above returns the space that the figure needs over its axes.
func (f *Figure) above(r ranges) float64 {
	h := edge
	switch {
	case f.Title != "":
		h += titleSize*textRatio + titleGap
	case !f.HideY && r.rows == nil && niceTicks(r.y.lo, r.y.hi, 3).power != 0: // the coarsest step, with a power if any has
		h += tickSize*textRatio + titleGap
	}
	return h
}

// below returns the space that the figure needs under its axes.
func (f *Figure) below() float64 {
	h := edge
	if !f.innerX {
		h += tickLen + tickGap + tickSize*textRatio
	}
	if f.XLabel != "" {
		h += labelGap + labelSize
	}
	return h
}

// setTicksY chooses the ticks of the y axis; the height of the axes is known.
func (p *panel) setTicksY() {
	const apart = 24 // points from tick to tick, at least
	switch {
	case p.r.rows != nil:
		p.yt = ticks{}
		for i, row := range p.r.rows {
			p.yt.at = append(p.yt.at, -float64(i))
			p.yt.labels = append(p.yt.labels, row)
		}
	case !p.fig.HideY:
		p.yt = niceTicks(p.r.y.lo, p.r.y.hi, max(3, int(p.area.h()/apart)))
		if p.fig.innerY {
			p.yt.labels, p.yt.power = make([]string, len(p.yt.at)), 0
		}
	}
}

// leftOf returns the space that the figure needs left of its axes; the ticks
// of the y axis are known.
func (p *panel) leftOf() float64 {
	w := edge
	if widest := widest(p.yt.labels); widest > 0 {
		w += tickLen + tickGap + widest
	}
	if p.fig.YLabel != "" {
		w += labelGap + labelSize
	}
	return max(w, overhang)
}

// setTicksX chooses as many ticks of the x axis as have room; the width of
// the axes is known.
func (p *panel) setTicksX() {
	const gap = 16 // points between labels
	for most := max(2, int(p.area.w()/34)); ; most-- {
		p.xt = niceTicks(p.r.x.lo, p.r.x.hi, most)
		if most == 2 || float64(len(p.xt.at))*(widest(p.xt.labels)+gap) <= p.area.w() {
			break
		}
	}
	if p.fig.innerX {
		p.xt.labels, p.xt.power = make([]string, len(p.xt.at)), 0
	}
}

func widest(labels []string) float64 {
	w := 0.0
	for _, s := range labels {
		w = max(w, textWidth(s, tickSize))
	}
	return w
}

// numericY tells whether the y axis has numbers.
func (p *panel) numericY() bool { return !p.fig.HideY && p.r.rows == nil }

func (p *panel) drawGrid() {
	if p.fig.NoGrid {
		return
	}
	var lines [][]point
	for _, v := range p.xt.at {
		x := snap(p.x(v))
		lines = append(lines, []point{{x, p.area.y0}, {x, p.area.y1}})
	}
	if p.numericY() {
		for _, v := range p.yt.at {
			y := snap(p.y(v))
			lines = append(lines, []point{{p.area.x0, y}, {p.area.x1, y}})
		}
	}
	if len(lines) > 0 {
		p.begin("grid")
		p.stroke(lines, pen{color: gridInk(), width: hairline})
		p.end()
	}
}

func (p *panel) drawAxes() {
	left, bottom := snap(p.area.x0), snap(p.area.y1)
	lines := [][]point{{{left - hairline/2, bottom}, {p.area.x1, bottom}}}
	if p.numericY() {
		lines = append(lines, []point{{left, p.area.y0}, {left, bottom}})
	}
	p.begin("axes")
	for i, v := range p.xt.at {
		x := snap(p.x(v))
		lines = append(lines, []point{{x, bottom}, {x, bottom + tickLen}})
		p.tickLabel(p.xt.labels[i], point{x, bottom + tickLen + tickGap + tickSize*textRatio}, 0.5)
	}
	for i, v := range p.yt.at {
		y := snap(p.y(v))
		if p.numericY() {
			lines = append(lines, []point{{left - tickLen, y}, {left, y}})
		}
		p.tickLabel(p.yt.labels[i], point{left - tickLen - tickGap, y + tickSize*textRatio/2}, 1)
	}
	p.stroke(lines, pen{color: axisInk(), width: hairline})
	p.drawPower(p.yt.power, point{left - tickLen, p.area.y0 - titleGap + 1}, 0)
	p.drawPower(p.xt.power, point{p.area.x1, bottom + p.fig.below() - edge - labelSize*0.22}, 1)
	p.end()
}

// tickLabel writes the label of a tick, if it has one.
func (p *panel) tickLabel(s string, at point, anchor float64) {
	if s != "" {
		p.text(s, at, typeface{size: tickSize, color: ink(), anchor: anchor})
	}
}

// drawPower writes "×10ⁿ" at the end of an axis. The exponent is set by hand:
// the font lacks some superscript digits.
func (p *panel) drawPower(n int, at point, anchor float64) {
	if n == 0 {
		return
	}
	const small = tickSize * 0.75
	base, exp := "×10", decimal(float64(n), 0)
	at.x -= anchor * (textWidth(base, tickSize) + textWidth(exp, small))
	p.text(base, at, typeface{size: tickSize, color: ink()})
	p.text(exp, point{at.x + textWidth(base, tickSize) + 0.5, at.y - tickSize*0.38}, typeface{size: small, color: ink()})
}

func (p *panel) drawTitles() {
	middle := point{(p.area.x0 + p.area.x1) / 2, (p.area.y0 + p.area.y1) / 2}
	bottom := p.area.y1 + p.fig.below() - edge - labelSize*0.22
	left := p.area.x0 - p.left + edge + labelSize*0.78
	room := p.area.w()
	if p.yt.power != 0 {
		room -= 60 // the power stands at the left, and the title stays in the middle
	}
	p.title(p.fig.Title, point{middle.x, p.area.y0 - titleGap}, room, typeface{size: titleSize, color: black()})
	p.title(p.fig.XLabel, point{middle.x, bottom}, p.area.w(), typeface{size: labelSize, color: ink()})
	p.title(p.fig.YLabel, point{left, middle.y}, p.area.h(), typeface{size: labelSize, color: ink(), up: true})
}

// title writes s around the middle, smaller where it is wider than room.
func (p *panel) title(s string, middle point, room float64, t typeface) {
	if s == "" {
		return
	}
	t.anchor = 0.5
	t.size *= min(1, room/textWidth(s, t.size))
	p.text(s, middle, t)
}
