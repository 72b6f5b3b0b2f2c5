"""Huawei Cloud on 127.0.0.1: its services, and who may call them."""
