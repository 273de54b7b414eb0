// Routes as text.
#pragma once

#include <ostream>

#include "planner/route.h"

#define PLANNER_ARROW " -> "

namespace planner {

void print(std::ostream& out, const Graph& graph, const Route& route);

}  // namespace planner
