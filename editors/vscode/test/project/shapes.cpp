#include "shapes.h"

namespace {
struct Square final : Shape {
  explicit Square(double side) : side(side) {}
  double area() const override { return side * side; }
  double side;
};
} // namespace

Shape *make_square(double side) { return new Square(side); }
