package dashboards

// What panels look like; nothing here says what they show.

const (
	good = "green"
	fair = "orange"
	poor = "red"
)

// object returns the colors, from the lowest value on.
func (t Thresholds) object() object {
	steps := []object{{"value": nil, "color": good}, {"value": t.Warn, "color": fair}, {"value": t.Bad, "color": poor}}
	if t.Below {
		steps = []object{{"value": nil, "color": poor}, {"value": t.Bad, "color": fair}, {"value": t.Warn, "color": good}}
	}
	return object{"mode": "absolute", "steps": steps}
}

// color is that of the threshold where a value stands alone; lines are told apart by theirs.
func (p Panel) color() object {
	if p.Type == Graph {
		return object{"mode": "palette-classic"}
	}
	return object{"mode": "thresholds"}
}

// custom are the settings of a type's values.
func (p Panel) custom() object {
	if p.Type != Graph {
		return object{}
	}
	return object{
		"drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "fillOpacity": 10, "showPoints": "never",
		"spanNulls": false, "stacking": object{"mode": "none", "group": "A"}, "axisSoftMin": 0,
		"thresholdsStyle": object{"mode": "dashed"},
	}
}

func (p Panel) options() object {
	last := object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false}
	switch p.Type {
	case Stat:
		return object{
			"reduceOptions": last, "colorMode": "background", "graphMode": "none", "justifyMode": "auto",
			"orientation": "auto", "textMode": "auto", "wideLayout": true,
		}
	case Bars:
		return object{
			"reduceOptions": last, "displayMode": "basic", "orientation": "horizontal", "showUnfilled": true, "valueMode": "color",
		}
	default:
		return object{
			"legend": object{
				"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []string{},
			},
			"tooltip": object{"mode": "multi", "sort": "desc"},
		}
	}
}
