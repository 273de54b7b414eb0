#include <exception>
#include <iostream>

#include "planner/print.h"
#include "planner/route.h"

namespace {

planner::Graph town() {
    planner::Graph graph;
    auto station = graph.place("station");
    auto market = graph.place("market");
    auto bridge = graph.place("bridge");
    auto harbour = graph.place("harbour");
    graph.connect(station, market, 300);
    graph.connect(market, bridge, 450);
    graph.connect(bridge, harbour, 200);
    graph.connect(station, harbour, 1200);
    return graph;
}

}  // namespace

int main(int argc, char** argv) try {
    planner::Graph graph = town();
    auto finder = planner::make_finder(argc > 1 ? argv[1] : "shortest", graph);
    auto route = finder->find(graph.place("station"), graph.place("harbour"));
    if (!route) return 1;
    planner::print(std::cout, graph, *route);
    return 0;
} catch (const std::exception& error) {
    std::cerr << "planner: " << error.what() << '\n';
    return 2;
}
